/** The other tabs that have the same copy open. */
export type Tabs = Pick<BroadcastChannel, 'close'> & { postMessage(news: TabNews): void }

/** `written`: there is something to read. `cleared`: the copy is deleted. */
export type TabNews = 'written' | 'cleared'

/** Null in a browser without broadcast channels: other tabs' writes are then read at the next opening. */
export type OpenTabs = (name: string, hear: (news: TabNews) => void) => Tabs | null

/** The channel is named after the copy, person included: only that person's tabs hear it, and it carries no content. */
export const openChannel: OpenTabs = (name, hear) => {
  try {
    const channel = new BroadcastChannel(name)
    channel.onmessage = ({ data }) => hear(data)
    return channel
  } catch {
    return null
  }
}
