"""What the routes about people's profiles work with."""

from dataclasses import dataclass

from dialer.domain.attributes import Catalogue
from dialer.domain.churn import ChurnGuide
from dialer.ports.knowledge import AccountBook, AttributeBook, ContactViewBook, FormBook, PreferenceBook
from integrations.http_api.self_service_links import SelfServiceLinks


@dataclass(frozen=True, slots=True)
class Knowledge:
    views: ContactViewBook
    attributes: AttributeBook
    forms: FormBook
    preferences: PreferenceBook
    accounts: AccountBook
    catalogue: Catalogue
    guide: ChurnGuide
    links: SelfServiceLinks
