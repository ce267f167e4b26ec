"""The shapes of an export that another software can take over: manifest, checksums, pages, XDM tree, agenda (ANS,
« Portabilité des logiciels de santé », interop.md §2.13). Pure: files in, files out, no base."""
