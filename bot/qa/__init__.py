"""The question pipeline: question -> Query -> Answer -> text. Knows nothing of HTTP, WeChat or the database."""
