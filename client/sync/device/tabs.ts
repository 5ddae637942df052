/** The other tabs that have the same copy open. */
export type Tabs = Pick<BroadcastChannel, 'close'> & { postMessage(news: TabNews): void }

/** `written`: there is something to read. `cleared`: the copy is deleted. */
export type TabNews = 'written' | 'cleared'

/** Null in a browser that has no channels: then what other tabs write is read at the next opening. */
export type OpenTabs = (name: string, hear: (news: TabNews) => void) => Tabs | null

/** The channel has the name of the copy, in which the person is: only their tabs hear it, and only that they are to look. */
export const openChannel: OpenTabs = (name, hear) => {
  try {
    const channel = new BroadcastChannel(name)
    channel.onmessage = ({ data }) => hear(data)
    return channel
  } catch {
    return null
  }
}
