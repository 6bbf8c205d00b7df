import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconDownload, IconSearch } from "@tabler/icons-react";
import {
  flexRender,
  getCoreRowModel,
  getFilteredRowModel,
  getSortedRowModel,
  useReactTable,
  type ColumnDef,
  type SortingState,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState, type ReactNode } from "react";

import { t } from "@/i18n";

import { cell as csvCell, download } from "./csv";

export interface Column<Row> {
  id: string;
  title: string;
  /** What is sorted, searched and exported. */
  value: (row: Row) => string | number | undefined;
  /** What is shown, when it is not the value. */
  cell?: (row: Row) => ReactNode;
  align?: "right";
  /** Left out on a phone. */
  wide?: boolean;
}

interface Props<Row> {
  /** What the rows are, for readers that do not see the page: `Topics`. */
  label: string;
  rows: Row[];
  columns: Column<Row>[];
  rowKey: (row: Row) => string;
  /** Beside the search. */
  tools?: ReactNode;
  searchable?: boolean;
}

const ROW_HEIGHT = 42;
/** Above this only rows in sight are in the page. */
const WINDOWED_ABOVE = 150;
const WINDOW_HEIGHT = 620;

function definitions<Row>(columns: Column<Row>[]): ColumnDef<Row>[] {
  return columns.map((column) => ({
    id: column.id,
    header: column.title,
    accessorFn: column.value,
    cell: ({ row }) => column.cell?.(row.original) ?? column.value(row.original) ?? "",
    sortUndefined: "last",
  }));
}

function classes<Row>(column: Column<Row> | undefined): string {
  return [column?.align, column?.wide ? "wide" : undefined].filter(Boolean).join(" ");
}

/** Rows to search, sort and export; ten thousand of them are as quick as ten. */
export function DataTable<Row>({ label, rows, columns, rowKey, tools, searchable = true }: Props<Row>) {
  const [sorting, setSorting] = useState<SortingState>([]);
  const [search, setSearch] = useState("");
  const scroll = useRef<HTMLDivElement>(null);
  const table = useReactTable({
    data: rows,
    columns: useMemo(() => definitions(columns), [columns]),
    state: { sorting, globalFilter: search },
    onSortingChange: setSorting,
    globalFilterFn: "includesString",
    getRowId: rowKey,
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
    getFilteredRowModel: getFilteredRowModel(),
  });
  const shown = table.getRowModel().rows;
  const windowed = shown.length > WINDOWED_ABOVE;
  const virtual = useVirtualizer({
    count: windowed ? shown.length : 0,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const visible = windowed ? items.flatMap((item) => shown[item.index] ?? []) : shown;
  const above = windowed ? (items[0]?.start ?? 0) : 0;
  const below = windowed ? virtual.getTotalSize() - (items.at(-1)?.end ?? 0) : 0;
  const byId = new Map(columns.map((column) => [column.id, column]));

  const save = () => {
    const lines = [columns.map((c) => c.title), ...shown.map((r) => columns.map((c) => c.value(r.original)))];
    const text = lines.map((line) => line.map(csvCell).join(",")).join("\r\n");
    download(`${label.toLowerCase().replaceAll(" ", "-")}.csv`, "text/csv", `${text}\r\n`);
  };

  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="xs">
        {searchable ? (
          <TextInput
            aria-label={t("Search {{label}}", { label: label.toLowerCase() })}
            placeholder={t("Search")}
            leftSection={<IconSearch size={15} />}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            size="sm"
            w={{ base: "100%", xs: 260 }}
          />
        ) : (
          <span />
        )}
        <Group gap="xs">
          {tools}
          <Text fz="xs" c="dimmed" aria-live="polite">
            {search
              ? t("{{shown}} of {{all}}", { shown: shown.length, all: rows.length })
              : String(rows.length)}
          </Text>
          <Button variant="default" size="xs" leftSection={<IconDownload size={14} />} onClick={save}>
            CSV
          </Button>
        </Group>
      </Group>
      {/* A region that scrolls must be reachable by keyboard. */}
      <div
        className="weir-table"
        ref={scroll}
        tabIndex={0}
        role="region"
        aria-label={label}
        style={windowed ? { maxHeight: WINDOW_HEIGHT } : undefined}
      >
        <table aria-label={label} aria-rowcount={shown.length}>
          <thead>
            <tr>
              {table.getFlatHeaders().map((header) => {
                const sorted = header.column.getIsSorted();
                const order = sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : "none";
                return (
                  <th key={header.id} scope="col" aria-sort={order} className={classes(byId.get(header.id))}>
                    <button
                      type="button"
                      className={byId.get(header.id)?.align ?? ""}
                      onClick={header.column.getToggleSortingHandler()}
                    >
                      {flexRender(header.column.columnDef.header, header.getContext())}
                      <span aria-hidden>{sorted === "asc" ? "↑" : sorted === "desc" ? "↓" : ""}</span>
                    </button>
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody>
            {above > 0 ? <tr aria-hidden style={{ height: above }} /> : null}
            {visible.map((row) => (
              <tr key={row.id}>
                {row.getVisibleCells().map((cell) => (
                  <td key={cell.id} className={classes(byId.get(cell.column.id))}>
                    {flexRender(cell.column.columnDef.cell, cell.getContext())}
                  </td>
                ))}
              </tr>
            ))}
            {below > 0 ? <tr aria-hidden style={{ height: below }} /> : null}
            {shown.length === 0 ? (
              <tr>
                <td colSpan={columns.length}>{t("Nothing matches the search.")}</td>
              </tr>
            ) : null}
          </tbody>
        </table>
      </div>
    </Stack>
  );
}
