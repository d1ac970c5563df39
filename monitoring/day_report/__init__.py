"""The daily report as a page, a table and a workbook."""
