// SPDX-License-Identifier: Apache-2.0
// Which of Grafana's types do our dashboards have to fit? `npm run schema` makes
// ../dashboard.schema.json of the exported ones.
//
// The dashboard's own type leaves a panel's options open; each kind of panel that
// we use therefore has a type of its own here.
import type { Dashboard, Panel } from '@grafana/schema/dist/esm/raw/dashboard/x/Dashboard_types.gen';
import type { Options as BarGaugeOptions } from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type {
  FieldConfig as StateTimelineFieldConfig,
  Options as StateTimelineOptions,
} from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type { Options as StatOptions } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type {
  FieldConfig as TableFieldConfig,
  Options as TableOptions,
} from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type {
  FieldConfig as TimeSeriesFieldConfig,
  Options as TimeSeriesOptions,
} from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

type None = Record<string, never>;
interface Of<Options, Custom> {
  options: Options;
  custom: Custom;
}

/** The file, and by the panel's `type` its `options` and `fieldConfig.defaults.custom`. */
export interface Checked {
  dashboard: Dashboard;
  panel: Panel;
  panels: {
    bargauge: Of<BarGaugeOptions, None>;
    stat: Of<StatOptions, None>;
    'state-timeline': Of<StateTimelineOptions, StateTimelineFieldConfig>;
    table: Of<TableOptions, TableFieldConfig>;
    timeseries: Of<TimeSeriesOptions, TimeSeriesFieldConfig>;
  };
}
