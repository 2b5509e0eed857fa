# A small Django app with its own users, for `cargo xtask demo -- --app django`: people sign in here, and Keyback sets
# their passwords in its table. Called with a port, a SQLite file and the address of Keyback.

import os
import sys
import threading
import time

import django
from django.conf import settings

PORT, FILE, KEYBACK = sys.argv[1:]
PASSWORD = "walnut-river-lantern"

settings.configure(
    SECRET_KEY="only for a demo on one machine, where nobody else can connect",
    ALLOWED_HOSTS=["localhost", "127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FILE}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                ],
                "loaders": [("django.template.loaders.locmem.Loader", {"shop.html": """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Shop</title>
<style>body { font: 1.125rem/1.5 system-ui; max-width: 24rem; margin: 3rem auto; padding: 0 1rem }
label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit; margin-top: .5rem }
input, button { padding: .5rem }</style>
<main>{% if user.is_authenticated %}<h1>Hello, {{ user.username }}</h1>
<p>This Django app has signed you in with the password in its own table.</p>
<form method="post" action="/sign-out">{% csrf_token %}<button>Sign out</button></form>
{% else %}<h1>Sign in to the shop</h1>
{% if form.errors %}<p role="alert">The username or the password is wrong.</p>{% endif %}
<form method="post">{% csrf_token %}
<label>Username <input name="username" autocomplete="username" value="{{ form.username.value|default:'jane' }}"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Sign in</button></form>
<p><a href="{{ keyback }}/forgot-password">Forgot your password?</a></p>{% endif %}</main></html>"""})],
            },
        }
    ],
    LOGIN_REDIRECT_URL="/",
    LOGOUT_REDIRECT_URL="/",
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.contrib.auth.views import LoginView, LogoutView  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import path  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

page = LoginView.as_view(template_name="shop.html", extra_context={"keyback": KEYBACK})
urlpatterns = [path("", page), path("sign-out", LogoutView.as_view())]


def end_with_keyback(parent):
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


call_command("migrate", verbosity=0)
User.objects.create_user("jane", "jane@example.com", PASSWORD)
threading.Thread(target=end_with_keyback, args=[os.getppid()], daemon=True).start()
server = make_server("127.0.0.1", int(PORT), get_wsgi_application(), threaded=True)
# Keyback starts when it has read this line.
print("ready", flush=True)
server.serve_forever()
