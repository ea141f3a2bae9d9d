"""Finds and names the records that fields refer to."""

from protos import facts
from protos.common import lookup_pb2 as pb
from server.core.call import Call
from server.core.registry import refuse_unless_any

MAX_HITS = 50
LEAST_NUMBER, OF_EACH = 4, 3  # letters a number is asked with, hits of one kind of record


class LookupService:
    """Open to whoever may read the record or write something that refers to it."""

    contract = pb.DESCRIPTOR

    def Find(self, call: Call, request: pb.FindRequest) -> pb.FindAnswer:
        """The records a typed text may mean."""
        service = call.app.registry.records(request.service)
        refuse_unless_any(call, call.app.lookups.get(request.service, frozenset()))
        limit = min(request.limit or 10, MAX_HITS)
        return pb.FindAnswer(hits=service.hits(call, request.text, limit, request.used[:MAX_HITS]))

    def Numbered(self, call: Call, request: pb.NumberedRequest) -> pb.NumberedAnswer:
        """Records whose number begins so, of every kind the user may list."""
        text = request.text.strip()
        found = []
        for name, service in call.app.registry.kept() if len(text) >= LEAST_NUMBER else ():
            listing = facts.service(name).methods_by_name.get("List")
            if listing is not None and call.user.may(facts.of_rpc(listing).permission):
                hits = service.numbered(call, text, OF_EACH)
                found += [pb.Numbered(service=name, hit=hit) for hit in hits]
        found.sort(key=lambda each: not each.hit.exact)
        return pb.NumberedAnswer(found=found[:MAX_HITS])

    def Names(self, call: Call, request: pb.NamesRequest) -> pb.NamesAnswer:
        """What records are called, by id."""
        refuse_unless_any(call, call.app.lookups.get(request.service, frozenset()))
        ids = request.ids[:1000]
        return pb.NamesAnswer(names=call.app.registry.ref_names(call, {request.service: ids}))
