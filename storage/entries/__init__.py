"""Rules of disclosure and answers that the desk writes: their content, drafts, review, and what of them is live."""
