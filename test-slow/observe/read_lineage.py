"""Makes objects of openlineage-python out of events (a JSON file with a list of them): facets and all. Prints what each is, or fails."""

import json
import sys

import attr
from openlineage.client import event_v2, facet_v2

kinds = {
    kind.__name__: kind
    for module in vars(facet_v2).values()
    if hasattr(module, "__name__")
    for kind in vars(module).values()
    if isinstance(kind, type) and attr.has(kind)
}


def made(facets):
    """Each facet by the class that its schema names: unknown fields and missing ones are errors, so is a version that the class is not of."""
    out = {}
    for name, facet in facets.items():
        kind = kinds[facet["_schemaURL"].rsplit("/", 1)[1]]
        fields = {field.name: field for field in attr.fields(kind)}
        values = {key: value for key, value in facet.items() if not key.startswith("_")}
        if kind is facet_v2.RunFacet or kind.__name__ == "RunFacet":
            out[name] = kind(producer=facet["_producer"])
            continue
        unknown = set(values) - set(fields)
        assert not unknown, (name, unknown)
        assert facet["_schemaURL"] == kind._get_schema(), (facet["_schemaURL"], kind._get_schema())
        if kind.__name__ == "SchemaDatasetFacet":
            field_kind = kinds["SchemaDatasetFacetFields"]
            values["fields"] = [field_kind(**field) for field in values["fields"]]
        if kind.__name__ == "ParentRunFacet":
            values = {"run": kinds["Run"](**values["run"]), "job": kinds["Job"](**values["job"])}
        out[name] = kind(producer=facet["_producer"], **values)
    return out


told = []
for event in json.load(open(sys.argv[1])):
    parsed = event_v2.RunEvent(
        eventTime=event["eventTime"],
        eventType=event_v2.RunState[event["eventType"]],
        producer=event["producer"],
        run=event_v2.Run(runId=event["run"]["runId"], facets=made(event["run"]["facets"])),
        job=event_v2.Job(namespace=event["job"]["namespace"], name=event["job"]["name"], facets=made(event["job"]["facets"])),
        inputs=[
            event_v2.InputDataset(
                namespace=given["namespace"],
                name=given["name"],
                facets=made(given["facets"]),
                inputFacets=made(given.get("inputFacets", {})),
            )
            for given in event["inputs"]
        ],
        outputs=[
            event_v2.OutputDataset(
                namespace=given["namespace"],
                name=given["name"],
                facets=made(given["facets"]),
                outputFacets=made(given.get("outputFacets", {})),
            )
            for given in event["outputs"]
        ],
    )
    assert parsed.schemaURL == event["schemaURL"], (parsed.schemaURL, event["schemaURL"])
    told.append(
        {
            "type": parsed.eventType.name,
            "job": f"{parsed.job.namespace}/{parsed.job.name}",
            "facets": sorted(parsed.run.facets),
            "columns": [field.name for output in parsed.outputs if "schema" in output.facets for field in output.facets["schema"].fields],
            "inputs": [f"{given.namespace} {given.name}" for given in parsed.inputs],
            "rows": [output.outputFacets["outputStatistics"].rowCount for output in parsed.outputs if output.outputFacets],
        }
    )
print(json.dumps(told))
