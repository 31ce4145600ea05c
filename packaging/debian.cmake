# SPDX-License-Identifier: Apache-2.0
# How does what is installed become a Debian package? `scripts/package` runs cpack.
file(STRINGS debian/changelog newest LIMIT_COUNT 1)
string(REGEX MATCH "\\(([^-]+)-([^)]+)\\)" versions "${newest}")
if(NOT CMAKE_MATCH_1 STREQUAL PROJECT_VERSION)
  message(FATAL_ERROR "packaging/debian/changelog begins with ${CMAKE_MATCH_1}, the project is ${PROJECT_VERSION}: add an entry")
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME mxray)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "mxray maintainers <maintainers@mxray.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "X-ray for the path that mail takes")
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON) # for what goes to /etc
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_SOURCE_DIR}/debian/finish_tree.cmake)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${CMAKE_MATCH_2})
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What the maintainer scripts call; a container has the standalone ones.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
  "systemd | systemd-standalone-sysusers | systemd-sysusers, systemd | systemd-standalone-tmpfiles | systemd-tmpfiles")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "prometheus, prometheus-alertmanager")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"It watches the connections of a mail system on its Linux gateway, by eBPF,
and says with evidence whether the network spoilt a mail: a forged reply or
reset, a greeting that waits for an ident query nobody answers, a proxy in the
way, a NAT rule that leaves somebody out. It never changes, delays or drops a
packet.

This package has the daemon mxrayd, which exports metrics for Prometheus on
localhost, the tool mxray for whoever is on call, and alert rules and
dashboards.")
set(folder ${CMAKE_CURRENT_SOURCE_DIR}/debian)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${folder}/conffiles ${folder}/postinst ${folder}/prerm ${folder}/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)
include(CPack)
