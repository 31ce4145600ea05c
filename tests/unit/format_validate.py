# SPDX-License-Identifier: Apache-2.0
"""Does every JSON line on stdin agree with the schema file given? Exit 77: cannot tell."""
import json
import sys

try:
    import jsonschema
except ImportError:
    print("SKIPPED: python3-jsonschema is not installed, no line was validated")
    sys.exit(77)

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
lines = sys.stdin.read().splitlines()
assert lines, "no line came in"
for number, line in enumerate(lines, 1):
    value = json.loads(line)
    validator.validate(value)
    # A schema that accepts anything would pass the line above, too.
    del value["schema_version"]
    assert not validator.is_valid(value), f"line {number}: valid even without schema_version"
print(f"{len(lines)} lines are valid")
