"""Review before publishing (三审三校、先审查后公开), for any kind of thing.

`steps` what is signed in which order, `acts` the record and the rules, `subject` what a kind of thing must know,
`subjects` which kinds there are, `moves` what pages call: an act together with what it means for the thing itself.
"""
