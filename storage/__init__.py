"""Facts and state: what the reports say, what was published, who must hear of it. Imports neither bot nor scheduler."""
