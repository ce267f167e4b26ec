from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "maillon.conversations"
    label = "conversations"
