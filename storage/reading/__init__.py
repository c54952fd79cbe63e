"""Reading annual reports: file -> Document -> Reading. A cell is right, or it is in doubt and says so."""
