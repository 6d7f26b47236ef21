"""What is reached under which address."""

from django.urls import include, path

urlpatterns = [path("", include("kehuma.api.urls")), path("", include("kehuma.web.urls"))]

handler400 = "kehuma.web.failures.handlers.bad_request"
handler403 = "kehuma.web.failures.handlers.refused"
handler404 = "kehuma.web.failures.handlers.not_found"
handler500 = "kehuma.web.failures.handlers.broken"
