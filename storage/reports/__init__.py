"""Reports from draft to live and back: agencies, drafts, settling of doubts, plans, publishing, versions.

Every function takes a session and does its part of the caller's unit of work; nothing here commits.
"""
