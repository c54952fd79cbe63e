"""The watch: what should have been published by when, and who must hear that it was not."""
