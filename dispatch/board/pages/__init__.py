"""The board's pages and acts, one file per noun. Every function here is named in the table of routes."""
