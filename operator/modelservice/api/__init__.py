"""What a user may say (`ModelService`, operator configuration) and what the operator answers (`Status`).

These models are the single source of the CRD, its defaults, its documentation and the parser.
"""
