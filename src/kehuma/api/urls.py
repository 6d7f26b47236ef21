"""What programs reach under which address."""

from django.urls import path

from kehuma.api import health
from kehuma.api.application import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]
