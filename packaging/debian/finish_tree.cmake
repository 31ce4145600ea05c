# SPDX-License-Identifier: Apache-2.0
# What does Debian want of the installed tree that `cmake --install` does not do?
#
# cpack runs this between installing and packing: compressed manual pages, the
# licences as `copyright` alone, Debian's changelog, and what lintian is told.
set(tree ${CPACK_TEMPORARY_DIRECTORY})
set(docs ${tree}/usr/share/doc/mxray)

file(REMOVE_RECURSE ${tree}/usr/share/licenses)
configure_file(${CMAKE_CURRENT_LIST_DIR}/copyright ${docs}/copyright COPYONLY)
configure_file(${CMAKE_CURRENT_LIST_DIR}/changelog ${docs}/changelog.Debian COPYONLY)
file(MAKE_DIRECTORY ${tree}/usr/share/lintian/overrides)
configure_file(${CMAKE_CURRENT_LIST_DIR}/lintian-overrides ${tree}/usr/share/lintian/overrides/mxray COPYONLY)

file(GLOB pages ${tree}/usr/share/man/man*/*)
# -n: without name and time, so that the same sources make the same package.
execute_process(COMMAND gzip -9n ${pages} ${docs}/changelog.Debian COMMAND_ERROR_IS_FATAL ANY)
