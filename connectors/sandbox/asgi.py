"""The sandbox process: `uvicorn connectors.sandbox.asgi:application --port 8001`, one worker."""

import os

# Not a default: a supervisor hands its own settings module down to its children.
os.environ["DJANGO_SETTINGS_MODULE"] = "connectors.sandbox.settings"

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

from connectors.sandbox.cut import with_cuts
from connectors.sandbox.lifespan import with_postman
from connectors.sandbox.running import the_sandbox

application = with_postman(with_cuts(ASGIStaticFilesHandler(get_asgi_application())))
the_sandbox()
