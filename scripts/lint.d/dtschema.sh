# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Device-tree bindings: that they are ones, and that their examples obey them.
# The tools' exit status says little: what they print is what they found.

DTSCHEMA_DIR=Documentation/devicetree/bindings

files_dtschema() {
	tracked "$DTSCHEMA_DIR/*.yaml"
}

# dtschema_one FILE SCHEMA: prints what is wrong with it.
dtschema_one() {
	local file=$1 schema=$2 dts=$LINT_OUT/example.dts dtb=$LINT_OUT/example.dtb
	local matched

	dt-doc-validate -n -u "$DTSCHEMA_DIR" "$file" 2>&1 || echo "dt-doc-validate failed"
	# Cells that the extracted examples are wrapped in, and not the binding's.
	if ! dt-extract-example "$file" >"$dts" ||
		! dtc -I dts -O dtb -W no-avoid_unnecessary_addr_size \
			-o "$dtb" "$dts" 2>&1; then
		echo "$file: its examples cannot be compiled"
		return
	fi
	dt-validate -s "$schema" "$dtb" 2>&1 || echo "dt-validate failed"
	# An example that the binding does not apply to shows nothing.
	matched=$(dt-validate -M -s "$schema" "$dtb" 2>&1 | grep -cF "/${file#"$DTSCHEMA_DIR/"}")
	((matched)) || echo "$file: no example is one of it"
}

lint_dtschema() {
	local file out schema=$LINT_OUT/schema.json n=0 bad=0

	dt-mk-schema -j "$DTSCHEMA_DIR" >"$schema" || return 1
	for file; do
		n=$((n + 1))
		out=$(dtschema_one "$file" "$schema")
		[[ ! $out ]] || {
			printf '%s: %s\n' "$file" "$out"
			bad=1
		}
	done
	rm -f "$schema" "$LINT_OUT"/example.dt[sb]
	looked "$n"
	return $bad
}

plant_dtschema() {
	PLANT=$DTSCHEMA_DIR/plant.yaml
	cat >"$PLANT" <<-'END'
	# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
	%YAML 1.2
	---
	$id: http://devicetree.org/schemas/plant.yaml#
	$schema: http://devicetree.org/meta-schemas/core.yaml#

	title: A binding whose example does not obey it

	maintainers:
	  - Nobody <nobody@localhost>

	properties:
	  compatible:
	    const: xen,plant

	  xen,number:
	    $ref: /schemas/types.yaml#/definitions/uint32
	    maximum: 7
	    description: A number.

	required:
	  - compatible
	  - xen,number

	additionalProperties: false

	examples:
	  - |
	    plant {
	        compatible = "xen,plant";
	        xen,number = <8>;
	    };
	END
}
