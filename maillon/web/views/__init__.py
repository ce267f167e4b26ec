"""One module per page, or per few pages that go together. A view: its rule, its questions to the rooms, its page."""
