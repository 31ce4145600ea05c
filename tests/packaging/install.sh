#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does `cmake --install` put everything where it belongs, and does it run there?
# shellcheck source=tests/packaging/harness.sh
source "$(dirname "$0")/harness.sh"

e2e_obstacle() { lacks_program cmake; }

install_below() {
  local destination=$1
  shift
  DESTDIR=$destination cmake --install "$LAB_BUILD" "$@" >/dev/null
}

files_below() { (cd "$1" && find . ! -type d | sed 's/^\.//' | sort); }

set_up() { install_below "$LAB_DIR/all" --prefix /usr; }

test_exactly_the_expected_files_are_installed() {
  local licences
  licences=$(cd "$LAB_ROOT/LICENSES" && printf '/usr/share/licenses/mxray/%s\n' *)
  expect_same_lines "installed files" "$(files_below "$LAB_DIR/all")" \
    "$( (expected_files && echo "$licences") | sort)"
}

test_the_manifest_names_every_file_so_that_they_can_be_removed() {
  expect_same_lines "files of the manifest" "$(sort "$LAB_BUILD/install_manifest.txt")" "$(files_below "$LAB_DIR/all")"
}

test_the_installed_programs_run() {
  local version
  version=$(sed -n 's/^CMAKE_PROJECT_VERSION:[A-Z]*=//p' "$LAB_BUILD/CMakeCache.txt")
  expect_equal "mxray --version" "$("$LAB_DIR/all/usr/bin/mxray" --version)" "mxray $version"
  expect_equal "mxrayd --version" "$("$LAB_DIR/all/usr/sbin/mxrayd" --version)" "mxrayd $version"
}

test_the_installed_configuration_is_valid_unedited() {
  expect_equal "mxrayd --check-config" \
    "$("$LAB_DIR/all/usr/sbin/mxrayd" --config "$LAB_DIR/all/etc/mxray/mxrayd.yaml" --check-config)" \
    "the configuration is valid"
}

test_the_unit_starts_the_program_of_its_own_prefix() {
  install_below "$LAB_DIR/local" --prefix /usr/local
  expect_contains "the unit of /usr" "$(<"$LAB_DIR/all/usr/lib/systemd/system/mxrayd.service")" \
    "ExecStart=/usr/sbin/mxrayd --config /etc/mxray/mxrayd.yaml"
  expect_contains "the unit of /usr/local" \
    "$(<"$LAB_DIR/local/usr/local/lib/systemd/system/mxrayd.service")" \
    "ExecStart=/usr/local/sbin/mxrayd --config /etc/mxray/mxrayd.yaml"
}

test_every_link_of_the_documents_leads_somewhere() {
  capture python3 "$packaging_folder/links.py" "$LAB_DIR/all/usr/share/doc/mxray" "$LAB_DIR/all/usr/share/mxray"
  expect_equal "broken links" "$E2E_OUTPUT" ""
  expect_equal "its exit code" "$E2E_STATUS" 0
}

test_alerts_and_dashboards_lead_to_the_runbooks_of_their_own_prefix() {
  local page
  install_below "$LAB_DIR/elsewhere" --prefix /opt/mail --component dashboards
  page=$(grep -rhoE 'file://[^" ]*/runbooks' "$LAB_DIR/elsewhere" | sort -u)
  expect_equal "the runbooks of /opt/mail" "${page//\{\{*\}\}/}" "file:///opt/mail/share/mxray/dashboards/runbooks"
  [[ -f $LAB_DIR/elsewhere${page#file://}/MxrayDown.md ]] || fail "there is no MxrayDown.md in $page"
  page=$(grep -rhoE 'file://[^" ]*/runbooks' "$LAB_DIR/all" | sort -u)
  expect_equal "the runbooks of /usr" "$page" "file:///usr/share/mxray/dashboards/runbooks"
}

test_an_edited_configuration_outlives_another_installation() {
  echo "interfaces: [lo]" >"$LAB_DIR/all/etc/mxray/mxrayd.yaml"
  install_below "$LAB_DIR/all" --prefix /usr
  expect_equal "the configuration" "$(<"$LAB_DIR/all/etc/mxray/mxrayd.yaml")" "interfaces: [lo]"
}

test_documents_and_dashboards_link_to_each_other_only_where_both_are() {
  install_below "$LAB_DIR/parts" --prefix /usr --component docs
  expect_equal "broken links of the component docs" "$(find "$LAB_DIR/parts" -xtype l)" ""
  install_below "$LAB_DIR/parts" --prefix /usr --component dashboards
  expect_same_lines "links of both" "$(find "$LAB_DIR/parts" -type l -printf '/%P\n' | sort)" \
    "$(printf '%s\n' /usr/share/doc/mxray/dashboards /usr/share/mxray/docs)"
  expect_equal "broken links of both" "$(find "$LAB_DIR/parts" -xtype l)" ""
}

test_a_component_brings_nothing_else() {
  install_below "$LAB_DIR/cli" --prefix /usr --component cli
  expect_equal "files of the component cli" "$(files_below "$LAB_DIR/cli")" "/usr/bin/mxray"
}

e2e_main set_up
