import logging

log = logging.getLogger(__name__)


def came(call):
    log.info("a call from %s", call.phone)
