// SPDX-License-Identifier: Apache-2.0
// How do a panel's field options reach the fields? By Grafana's applyFieldOverrides,
// which needs a registry of the options that exist; Grafana's own is part of its
// server's front end.
import {
  applyFieldOverrides,
  cacheFieldDisplayNames,
  DataFrame,
  FieldConfigOptionsRegistry,
  FieldConfigPropertyItem,
  GrafanaTheme2,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  transformDataFrame,
  TransformerRegistryItem,
} from '@grafana/data';
import { firstValueFrom } from 'rxjs';
import type { Panel } from './model';
import { fillIn, Values } from './prometheus';

const STANDARD = ['unit', 'min', 'max', 'decimals', 'displayName', 'noValue', 'thresholds', 'mappings', 'color', 'links', 'description'];
const CUSTOM = [
  'drawStyle', 'lineInterpolation', 'lineWidth', 'fillOpacity', 'gradientMode', 'showPoints', 'pointSize', 'stacking',
  'axisPlacement', 'axisLabel', 'axisSoftMin', 'axisSoftMax', 'axisBorderShow', 'scaleDistribution', 'hideFrom', 'spanNulls',
  'thresholdsStyle', 'barAlignment', 'barWidthFactor', 'align', 'cellOptions', 'width', 'filterable', 'inspect',
];

function option(path: string, isCustom: boolean): FieldConfigPropertyItem {
  return {
    id: isCustom ? `custom.${path}` : path,
    path,
    name: path,
    isCustom,
    process: (value: unknown) => value,
    shouldApply: () => true,
    override: () => null,
    editor: () => null,
    settings: {},
  } as unknown as FieldConfigPropertyItem;
}

const registry = new FieldConfigOptionsRegistry();

/** Once, before anything is drawn. */
export function setUpRegistries(): void {
  const standard = STANDARD.map((name) => option(name, false));
  standardFieldConfigEditorRegistry.setInit(() => standard);
  [...standard, ...CUSTOM.map((name) => option(name, true))].forEach((item) => registry.register(item));
  const transformers = new Map(Object.values(standardTransformers).map((item) => [item.id, item]));
  standardTransformersRegistry.setInit(() =>
    [...transformers.values()].map(
      (item) => ({ id: item.id, name: item.name, transformation: () => Promise.resolve(item), editor: () => null }) as unknown as TransformerRegistryItem,
    ),
  );
}

/** The frames as the panel draws them: transformed, with units, colours, links. */
export async function prepare(panel: Panel, frames: DataFrame[], values: Values, theme: GrafanaTheme2): Promise<DataFrame[]> {
  const transformed = panel.transformations?.length
    ? await firstValueFrom(transformDataFrame(panel.transformations, frames))
    : frames;
  const drawn = applyFieldOverrides({
    data: transformed,
    fieldConfig: panel.fieldConfig,
    theme,
    timeZone: 'utc',
    replaceVariables: (text) => fillIn(text, values),
    fieldConfigRegistry: registry,
  });
  cacheFieldDisplayNames(drawn); // the table reads its headings there
  return drawn;
}
