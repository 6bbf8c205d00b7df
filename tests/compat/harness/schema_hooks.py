"""What schemathesis is kept from: taking away the keys, the account and the cluster that it works with.

A change to one of these ids is sent to an id that nothing has, so the answer is checked all the same.
"""

import os

import schemathesis

KEPT = set(os.environ["WEIR_KEPT_IDS"].split(","))
READS = ("GET", "HEAD", "OPTIONS")


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.method.upper() in READS:
        return
    for name, value in (case.path_parameters or {}).items():
        if name == "id" and value in KEPT:
            case.path_parameters[name] = f"{value}-kept"
