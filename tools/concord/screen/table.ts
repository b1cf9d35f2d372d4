import { formatFixed, roundFixed, type Fixed } from '@concord/model';
import Table from 'cli-table3';
import type { PipelineView } from '../pipeline/view.ts';

const NO_BORDER = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Text of a value at the scale it was published at; a dash where there is none. */
export function priceText(value: Fixed | null, places: number): string {
  if (value === null) return '–';
  const text = formatFixed(roundFixed(value, places));
  const point = text.indexOf('.');
  return point < 0 ? `${text}.${'0'.repeat(places)}` : text.padEnd(point + 1 + places, '0');
}

/** The live table as lines: one row per instrument, then one line per service. Pure. */
export function renderTable(view: PipelineView): string {
  const table = new Table({
    head: ['instrument', 'consensus', '±', 'status', 'in', 'out', 'last trade', 'ticks/s', 'cons/s', 'age'],
    chars: NO_BORDER,
    style: { head: ['bold'], border: [], 'padding-left': 0, 'padding-right': 1 },
    colAligns: ['left', 'right', 'right', 'left', 'right', 'left', 'right', 'right', 'right', 'right'],
  });
  for (const row of view.instruments) {
    const places = row.priceScale + 1;
    table.push([
      row.id,
      priceText(row.mid, places),
      priceText(row.confidence, places),
      row.status,
      String(row.included.length),
      row.excluded.length === 0
        ? '–'
        : row.excluded.map(({ source, reason }) => `${source} ${reason}`).join(', '),
      priceText(row.trade, places),
      row.ticksPerSecond.toFixed(0),
      row.consensusPerSecond.toFixed(1),
      row.ageMs === null ? '–' : `${(row.ageMs / 1000).toFixed(1)} s`,
    ]);
  }
  return [view.title, '', table.toString(), '', ...serviceLines(view), '', 'Ctrl-C stops everything.'].join(
    '\n',
  );
}

function serviceLines(view: PipelineView): string[] {
  return view.services.map(({ name, state, detail }) => `${name.padEnd(20)} ${state.padEnd(8)} ${detail}`);
}

/** The same for a log: one line per instrument. */
export function renderLines(view: PipelineView): string[] {
  return view.instruments.map((row) => {
    const places = row.priceScale + 1;
    const out = row.excluded.map(({ source, reason }) => `${source}:${reason}`).join(',');
    return (
      `${row.id} ${priceText(row.mid, places)} ± ${priceText(row.confidence, places)} ${row.status} ` +
      `in=${row.included.join(',') || '-'} out=${out || '-'} ticks/s=${row.ticksPerSecond.toFixed(0)} lag=${view.lagRecords}`
    );
  });
}
