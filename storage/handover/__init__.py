"""People served by people (转人工): when somebody is there, conversations, replies of staff, stock phrases."""
