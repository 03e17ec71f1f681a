"""`make bench`: what the desk needs for its everyday work when it holds many tickets. See docs/benchmarks.md."""
