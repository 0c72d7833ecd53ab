"""Lists: what offices keep in spreadsheets, taken in as it is and given out again."""
