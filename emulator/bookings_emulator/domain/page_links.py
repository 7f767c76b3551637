"""The addresses of booking pages: where the page of a business, of a service and of a booking is."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from bookings_emulator.ids import guid_of

_FORMS = {
    "book": "https://outlook.office365.com/book/{id}/",
    "classic": "https://outlook.office365.com/owa/calendar/{id}/bookings/",
    "cloud": "https://bookings.cloud.microsoft/book/{id}/",
}


class PageLinks(NamedTuple):
    """Where pages are: at `root`, the address of this emulator, or in one of Microsoft's forms.

    `read_form` gives the value of the quirk `public-url`, which is read where an address is made; without a root
    `emulator` means `book`.
    """

    root: str | None = None
    read_form: Callable[[], str] = lambda: "emulator"

    def page(self, business_id: str) -> str:
        """The page of a business."""
        form = self.read_form()
        if form == "emulator" and self.root:
            return f"{self.root}/book/{business_id}/"
        return _FORMS["book" if form == "emulator" else form].format(id=business_id)

    def service(self, business_id: str, service_id: str) -> str:
        """The page of a service of a business."""
        return f"{self.page(business_id)}s/{token_of_service(service_id)}"

    def manage(self, business_id: str, key: str) -> str:
        """The page on which a customer moves and cancels a booking (the form is a guess)."""
        return f"{self.page(business_id)}manage/{key}"


def token_of_service(service_id: str) -> str:
    """The end of a service's link: like a .NET UrlTokenEncode of its GUID (shape printed, encoding inferred)."""
    return urlsafe_b64encode(_guid_of(service_id).bytes_le).decode().rstrip("=") + "2"


def _guid_of(service_id: str) -> UUID:
    """The GUID of a service; a fixture may call it by another word, which then stands for one."""
    try:
        return UUID(service_id)
    except ValueError:
        return UUID(guid_of("service", service_id))
