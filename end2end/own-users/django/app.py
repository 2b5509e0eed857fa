# A Django project in one file: its own users, its own sign-in form and its own sessions.
# Arguments: a port, the URL of an empty database and, for people who sign in with django-allauth, `allauth`.

import json
import sys
from urllib.parse import unquote, urlsplit

import django
import pymysql
from django.conf import settings

# Django asks for the version of mysqlclient, which PyMySQL stands in for.
pymysql.version_info = (2, 2, 1, "final", 0)
pymysql.install_as_MySQLdb()

PORT, URL, *OPTIONS = sys.argv[1:]
ALLAUTH = "allauth" in OPTIONS


def database(url):
    if url.startswith("sqlite:"):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.removeprefix("sqlite:")}
    parts = urlsplit(url)
    return {
        "ENGINE": {"postgres": "django.db.backends.postgresql", "mysql": "django.db.backends.mysql"}[parts.scheme],
        "HOST": parts.hostname,
        "PORT": parts.port or "",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "NAME": parts.path.removeprefix("/"),
    }


settings.configure(
    SECRET_KEY="a key for tests that is long enough for all of Django's checks",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": database(URL)},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        *(["allauth", "allauth.account"] if ALLAUTH else []),
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        *(["allauth.account.middleware.AccountMiddleware"] if ALLAUTH else []),
    ],
    AUTHENTICATION_BACKENDS=[
        "allauth.account.auth_backends.AuthenticationBackend" if ALLAUTH else "django.contrib.auth.backends.ModelBackend"
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
        }
    ],
    USE_TZ=True,
    ACCOUNT_LOGIN_METHODS={"email"},
    ACCOUNT_EMAIL_VERIFICATION="mandatory",
    # The tests enter wrong passwords on purpose.
    ACCOUNT_RATE_LIMITS=False,
    LOGIN_REDIRECT_URL="/me",
)
django.setup()

from django.contrib.auth import get_user_model, login  # noqa: E402
from django.contrib.auth.forms import AuthenticationForm  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse, JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402


def create_user(request):
    wanted = json.loads(request.body)
    user = get_user_model().objects.create_user(**wanted)
    if ALLAUTH:
        user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return JsonResponse({"id": user.pk}, status=201)


def sign_in(request):
    """What `LoginView` does: Django's form decides."""
    form = AuthenticationForm(request, {"username": request.POST["user"], "password": request.POST["password"]})
    if not form.is_valid():
        return HttpResponse(status=401)
    login(request, form.get_user())
    return HttpResponse()


def me(request):
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    return JsonResponse({"email": request.user.email})


urlpatterns = [path("__test/user", create_user), path("sign-in", sign_in), path("me", me)]
if ALLAUTH:
    urlpatterns.append(path("accounts/", include("allauth.urls")))

call_command("migrate", verbosity=0)
server = make_server("127.0.0.1", int(PORT), get_wsgi_application())
print("listening", flush=True)
server.serve_forever()
