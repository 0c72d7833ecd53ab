"""What somebody puts into Linli who means harm, through which doors, and where it is looked for afterwards."""
