"""A search that Viettel shares: colleagues may use it, and nobody but who saved it may change it."""

from registry.saved_searches.service import SaveSearch, SearchOptions, save_search

QUERY = "kind=antenna_tower"
SAVED_SEARCH_FIELDS = {
    "saved_searches.create": {"query": QUERY, "name": "Cột ăng ten mới", "audience": "private"},
    "saved_searches.edit_post": {"version": "{search_version}", "name": "Tên khác", "audience": "shared"},
    "saved_searches.replace_post": {"version": "{search_version}", "query": "kind=cable_pole"},
    "saved_searches.delete_post": {"version": "{search_version}"},
}


def saved_search_objects(ctx_of):
    """Object of the table -> what its addresses and bodies are filled with."""
    with ctx_of("viettel") as ctx:
        saved = save_search(ctx, SaveSearch(QUERY, SearchOptions("Cột ăng ten", is_shared=True)))
        return {"viettel search": {"search_id": saved.id, "search_version": saved.version}}
