"""Pages of the desk, one file per noun. Each reaches its rows through `visible_to`."""
