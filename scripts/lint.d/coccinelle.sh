# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The kernel's semantic patches that fit a driver like ours. Left out is what
# looks for calls that it has no use for (device tree, PCI, clocks, netlink),
# and misc/minmax, which is about taste and takes as long as all others.
SEMANTIC_PATCHES=(
	api/{device_attr_show,err_cast,kfree_mismatch,kfree_sensitive,memdup}
	free/{ifnullfree,kfree,kfreeaddr}
	iterators/{itnull,list_entry_update,use_after_iter}
	locks/{call_kern,double_lock,flags,mini_lock}
	misc/{array_size,badty,boolconv,cond_no_effect,cstptr,doubleinit}
	misc/{excluded_middle,flexible_array,ifcol,noderef,orplus,returnvar}
	misc/{semicolon,test_addr,warn}
	null/{deref_null,eno,kmerr}
	tests/{doublebitand,doubletest,odd_ptr_err,unsigned_lesser_than_zero}
)

# Headers are read with the files that include them.
files_coccinelle() {
	tracked 'drivers/*.c' 'tests/kunit/*.c'
}

# One semantic patch, in a directory with all files.
apply_patch() {
	local patch=$1 out options

	out=$LINT_OUT/coccinelle/${1//\//_}
	# As scripts/coccicheck does it.
	read -ra options <<<"$(sed -n 's|^// Options: *||p' "$LINT_COCCI/$patch.cocci")"
	spatch -D report --no-show-diff "${options[@]}" -I include \
		--cocci-file "$LINT_COCCI/$patch.cocci" --dir . \
		>"$out.found" 2>"$out.log" || echo "$patch:0: spatch failed" >>"$out.found"
}

lint_coccinelle() {
	local dir=$LINT_OUT/coccinelle scripts name n fewest=$#

	scripts=$(kernel_scripts) || return 1
	rm -rf "$dir"
	mkdir -p "$dir/tree"
	cp --parents "$@" "$dir/tree" || return 1
	tracked 'drivers/*.h' 'tests/kunit/*.h' 'include/*.h' |
		xargs cp --parents -t "$dir/tree" || return 1
	export LINT_OUT LINT_COCCI=$scripts/coccinelle
	export -f apply_patch
	# shellcheck disable=SC2016 # for the other bash
	(cd "$dir/tree" && printf '%s\0' "${SEMANTIC_PATCHES[@]}" |
		xargs -0 -P "$(nproc)" -I '{}' bash -c 'apply_patch "$1"' _ '{}')
	# Each of them has to have looked at each file. A file without the words
	# that it is about is skipped.
	for name in "${SEMANTIC_PATCHES[@]}"; do
		n=$(sed -nE 's/^(HANDLING|Skipping): (.*\.c)$/\2/p' \
			"$dir/${name//\//_}.log" | sort -u | wc -l)
		((n >= fewest)) || fewest=$n
	done
	looked "$fewest"
	rm -rf "$dir/tree"
	sed 's|^\./||; /^$/d' "$dir"/*.found | is_allowed coccinelle
}

plant_coccinelle() {
	PLANT=drivers/plant.c
	cat >"$PLANT" <<-'END'
	// SPDX-License-Identifier: GPL-2.0-only
	#include <linux/mutex.h>

	struct plant {
		struct mutex lock;	/* protects n */
		int n;
	};

	int vxen_plant(struct plant *p)
	{
		int n;

		mutex_lock(&p->lock);
		n = p->n;
		mutex_lock(&p->lock);
		mutex_unlock(&p->lock);

		return n;
	}
	END
}
