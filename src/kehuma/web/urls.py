"""The url map, made from the pages themselves."""

from kehuma.web.pages import url_map

urlpatterns = url_map()
