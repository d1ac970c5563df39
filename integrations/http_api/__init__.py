"""The HTTP API: commands of the desk and readings of the contact database, for screens, scripts and the command line.

One table of routes (`routes.py`) makes both the handlers and the OpenAPI document, so the two can't differ.
"""
