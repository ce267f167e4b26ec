"""The official conformance kit of the CI-SIS (XSD and schematrons), obtained apart and run as it is: never copied here.

`source` copies what is needed of a kit into a cache, `assemble` gathers the parts of a schematron, `engine` runs them,
`topics` says in French what a finding is about.
"""
