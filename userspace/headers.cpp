// SPDX-License-Identifier: Apache-2.0
// Nothing: only so that the headers which nearly all libraries include are compiled once.
