"""The faces for people: French HTML pages. Only this room writes HTML.

Who comes in: a signed-in professional, through a view whose rule is declared (`rules`). A view asks the rooms' apis,
never their rows, and ends with `jinja.page`.
Always true: no page keeps anything in the browser (no-store), no script nor style is inline, « interdit » and
« inexistant » are one and the same page, and everything reads without JavaScript.
"""
