"""What other tables and files hold of a customer lies under the customer's key, too, and goes with it."""

from kehuma.apps.customers.models import Customer
from kehuma.apps.customers.sealed import Keys
from kehuma.apps.sealing.queries import SubjectKey


def key_for(customer: Customer) -> SubjectKey:
    """The key to seal something with, made where the customer has none, in the caller's transaction.

    StoreSealedError; CustomerError ``erased`` where the person was erased.
    """
    keys = Keys.of([customer])
    if customer.subject_id is None:
        keys.add([customer])
        # Who was first at the same moment has given the key.
        if not Customer.objects.filter(pk=customer.pk, subject=None).update(subject=customer.subject_id):
            customer.subject_id = Customer.objects.values_list("subject_id", flat=True).get(pk=customer.pk)
            keys = Keys.of([customer])
    return keys.require(customer)
