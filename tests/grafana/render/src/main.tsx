// SPDX-License-Identifier: Apache-2.0
// Draws one dashboard in the dark theme and reports, in window.report, what it drew.
//
//   /?dashboard=mxray-overview.json&prometheus=http://127.0.0.1:9090&to=1795320000&hours=6
import '@fontsource/inter/400.css';
import '@fontsource/inter/500.css';
import { createTheme, DataFrame, ThemeContext } from '@grafana/data';
import { GlobalStyles, PanelChrome } from '@grafana/ui';
import { Component, ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { prepare, setUpRegistries } from './fields';
import type { Dashboard, Panel, Report, Span } from './model';
import { PanelBody } from './PanelBody';
import { chooseAll, query } from './prometheus';

const WIDTH = 1400; // pixels, of the whole dashboard
const COLUMN = WIDTH / 24;
const ROW = 38;
const HEAD = 48;
const GAP = 8;

const theme = createTheme({ colors: { mode: 'dark' } });
const report: Report = { panels: [], errors: [], done: false };
(window as unknown as { report: Report }).report = report;

/** An exception while drawing costs the panel, and is reported. */
class Guard extends Component<{ title: string; children: ReactNode }, { error?: Error }> {
  state: { error?: Error } = {};
  static getDerivedStateFromError(error: Error) {
    return { error };
  }
  componentDidCatch(error: Error) {
    report.errors.push(`${this.props.title}: ${error.message}`);
  }
  render() {
    return this.state.error ? <pre>{String(this.state.error)}</pre> : this.props.children;
  }
}

function Head({ dashboard }: { dashboard: Dashboard }) {
  const box = { border: `1px solid ${theme.colors.border.medium}`, borderRadius: 2, padding: '4px 10px' };
  const shown = dashboard.templating.list.filter((variable) => variable.hide === 0);
  return (
    <div style={{ display: 'flex', gap: 10, alignItems: 'center', height: HEAD, padding: '0 8px', fontSize: 13 }}>
      <span style={{ fontSize: 18, fontWeight: 500, marginRight: 16 }}>{dashboard.title}</span>
      {shown.map((variable) => (
        <span key={variable.name} style={box}>
          {variable.label}&ensp;<span style={{ color: theme.colors.text.link }}>{variable.type === 'datasource' ? 'default' : 'All'}</span>
        </span>
      ))}
      <span style={{ flexGrow: 1 }} />
      {dashboard.links.map((link) => <span key={link.title} style={box}>{link.title}</span>)}
    </div>
  );
}

function PanelBox({ panel, frames, span }: { panel: Panel; frames: DataFrame[]; span: Span }) {
  const { x, y, w, h } = panel.gridPos;
  const place = { position: 'absolute' as const, left: x * COLUMN + GAP / 2, top: HEAD + y * ROW + GAP / 2 };
  const [width, height] = [w * COLUMN - GAP, h * ROW - GAP];
  if (panel.type === 'row') {
    return <div style={{ ...place, width, lineHeight: `${height}px`, fontSize: 16, fontWeight: 500 }}>&#8964;&ensp;{panel.title}</div>;
  }
  return (
    <div data-panel={panel.id} style={place}>
      <PanelChrome title={panel.title} width={width} height={height} padding={panel.type === 'table' ? 'none' : 'md'}>
        {(innerWidth, innerHeight) => (
          <Guard title={panel.title}>
            <PanelBody panel={panel} frames={frames} width={innerWidth} height={innerHeight} span={span} theme={theme} />
          </Guard>
        )}
      </PanelChrome>
    </div>
  );
}

function App({ dashboard, frames, span }: { dashboard: Dashboard; frames: Map<number, DataFrame[]>; span: Span }) {
  const rows = Math.max(...dashboard.panels.map((panel) => panel.gridPos.y + panel.gridPos.h));
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div id="dashboard" style={{ position: 'relative', width: WIDTH, height: HEAD + rows * ROW + GAP, background: theme.colors.background.canvas }}>
        <Head dashboard={dashboard} />
        {dashboard.panels.map((panel) => <PanelBox key={panel.id} panel={panel} frames={frames.get(panel.id) ?? []} span={span} />)}
      </div>
    </ThemeContext.Provider>
  );
}

async function main(): Promise<void> {
  const asked = new URLSearchParams(location.search);
  const base = asked.get('prometheus')!;
  const to = Number(asked.get('to'));
  const span = { from: to - Number(asked.get('hours')) * 3600, to };
  const dashboard: Dashboard = await (await fetch(`/${asked.get('dashboard')}`)).json();
  setUpRegistries();
  const chosen = await chooseAll(base, dashboard, span);
  const frames = new Map<number, DataFrame[]>();
  await Promise.all(
    dashboard.panels.filter((panel) => panel.type !== 'row').map(async (panel) => {
      try {
        const [found, drawn] = await query(base, panel, chosen, span, panel.gridPos.w * COLUMN);
        report.panels.push(drawn);
        frames.set(panel.id, await prepare(panel, found, chosen, theme));
      } catch (error) {
        report.errors.push(`${panel.title}: ${(error as Error).message}`);
      }
    }),
  );
  await document.fonts.ready;
  createRoot(document.getElementById('root')!).render(<App dashboard={dashboard} frames={frames} span={span} />);
}

// Curves are drawn on canvases a few frames after React is done.
main()
  .catch((error: Error) => report.errors.push(error.message))
  .then(() => new Promise((resolve) => setTimeout(resolve, 1500)))
  .then(() => { report.done = true; });
