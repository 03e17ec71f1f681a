"""Word tables, kept apart from the code that reads them: a speaker of the language can mend them alone."""
