"""Contracts from award to archive: signing, performance, acceptance, payment, supplements."""
