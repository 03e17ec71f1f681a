"""The demo's day at the invented exchange: staff, groups, tickets. The stories are text files, made to be read."""
