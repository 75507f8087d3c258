"""Documents of cases: the sheet that shows a request with every opinion, as PDF to print, to send and to archive."""
