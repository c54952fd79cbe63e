"""Everything that speaks to people: the WeChat webhook, the question pipeline, the pages, the command line."""
