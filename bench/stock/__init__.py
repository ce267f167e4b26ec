"""The yardstick: the same record page, with the same rules and the same journal, as Django is usually written.

Sessions and user from the database, the usual middleware, ORM objects, Django templates, one transaction per request.
"""
