import { Panel } from '../../components/panel.tsx'
import { history } from '../stories/fixtures.ts'
import { HistoryView } from './history-panel.tsx'

export const historyStories = {
  'history-full': () => (
    <Panel id="history" title="History">
      <HistoryView history={history()} subject="fleet" view="chart" />
    </Panel>
  ),
  'history-empty': () => (
    <Panel id="history" title="History">
      <HistoryView history={{ ...history(), points: [], fullAt: null }} subject="fleet" view="chart" />
    </Panel>
  ),
  'history-table': () => (
    <Panel id="history" title="History">
      <HistoryView history={history()} subject="fleet" view="table" />
    </Panel>
  ),
}
