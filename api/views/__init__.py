"""Addresses of the API, one file per noun. Each reads through `visible_to` and writes through the actions."""
