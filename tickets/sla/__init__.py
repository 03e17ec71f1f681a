"""Promises and the clocks that measure them: `clock` is pure, `stored` keeps the rows, `sweep` warns."""
